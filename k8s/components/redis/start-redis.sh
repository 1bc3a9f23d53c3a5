#!/bin/sh
# Starts a Redis of the fleet: makes the users from roles.acl and their passwords, one file each in $PASSWORDS; the pod of
# the set with the number $PRIMARY is the primary, every other one its replica.
set -eu
umask 077
{
  echo 'user default off'
  # For probes: it may ask whether somebody is there, and nothing else.
  echo 'user probe on nopass -@all +ping'
  while read -r role rules; do
    digest=$(tr -d '\n' < "$PASSWORDS/$role" | sha256sum)
    echo "user $role on #${digest%% *} $rules"
  done < "$CONFIG/roles.acl"
} > "$RUN/users.acl"

# In a file: arguments can be read by everybody on the machine.
{
  echo "masteruser replica"
  echo "masterauth $(cat "$PASSWORDS/replica")"
  case $HOSTNAME in
    *-"$PRIMARY") ;;
    *) echo "replicaof ${HOSTNAME%-*}-$PRIMARY.$PEERS 6379" ;;
  esac
} > "$RUN/replication.conf"

exec redis-server "$CONFIG/redis.conf" --include "$RUN/replication.conf" --aclfile "$RUN/users.acl" --dir "$DATA" "$@"
