# A process that holds a pod's namespaces and does nothing, of layers that are on the node anyway.
FROM docker.io/library/node:24-bookworm-slim
ENTRYPOINT ["sleep", "infinity"]
