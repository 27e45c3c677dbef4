#!/bin/bash
# Brings this host up, waits for its first good answer, tells its group how it went.
# Facts: /etc/retrieval/boot.env. Safe to run again: what is there and right is kept.
set -euo pipefail
. /etc/retrieval/boot.env
export AWS_DEFAULT_REGION="$REGION" AWS_RETRY_MODE=standard AWS_MAX_ATTEMPTS=10

metadata() { # path
  local base=http://169.254.169.254/latest token
  token=$(curl -sf -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$base/api/token")
  curl -sf -H "X-aws-ec2-metadata-token: $token" "$base/meta-data/$1"
}

mount_data() {
  if [ -n "$DATA_TAG" ]; then
    until DATA_VOLUME=$(metadata "tags/instance/$DATA_TAG"); do sleep 2; done
  fi
  local device="/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${DATA_VOLUME/-/}" blank=0
  if [ "$ATTACH" = yes ] && [ ! -e "$device" ]; then
    # The node before may still be letting go of it.
    until aws ec2 attach-volume --volume-id "$DATA_VOLUME" --instance-id "$(metadata instance-id)" \
      --device /dev/sdf; do sleep 10; done
  fi
  until [ -e "$device" ]; do sleep 2; done
  # 2 means: nothing is on it. Anything else that is no success must not lead to a format.
  blkid -p "$device" || blank=$?
  case $blank in
  0) ;;
  2) mkfs.ext4 -q -L retrieval-data "$device" ;;
  *) exit 1 ;;
  esac
  mkdir -p "$DATA_MOUNT"
  mountpoint -q "$DATA_MOUNT" || mount -o noatime "$device" "$DATA_MOUNT"
  resize2fs "$device" # the volume may have grown
  chown "$DATA_OWNER:$DATA_OWNER" "$DATA_MOUNT"
}

archive() { # sha256 key folder
  local file="/var/cache/retrieval/${2##*/}"
  mkdir -p "${file%/*}" "$3"
  if ! echo "$1  $file" | sha256sum --check --status; then
    aws s3 cp --only-show-errors "s3://$BUCKET/$2" "$file"
    echo "$1  $file" | sha256sum --check --quiet
  fi
  tar -xzf "$file" -C "$3"
}

image() { # reference key
  docker image inspect "$1" >/dev/null 2>&1 && return
  if [ "$2" = - ]; then
    docker pull --quiet "$1"
  else
    aws s3 cp --only-show-errors "s3://$BUCKET/$2" - | docker load --quiet
  fi
  docker image inspect "$1" >/dev/null
}

model() { # prefix folder
  mkdir -p "$2"
  aws s3 sync --only-show-errors "s3://$BUCKET/$1" "$2"
  (cd "$2" && sha256sum --check --quiet SHA256SUMS)
}

up() {
  systemctl start docker.service
  if [ "$GPU" = yes ]; then
    timeout 60 nvidia-ctk cdi generate --output=/var/run/cdi/nvidia.yaml
  fi
  if [ -n "$DATA_MOUNT" ]; then mount_data; fi
  while read -r kind first second third; do
    "$kind" "$first" "$second" ${third:+"$third"}
  done </etc/retrieval/artifacts
  # shellcheck disable=SC2086
  systemctl start $UNITS
  until curl -sf --max-time 10 -o /dev/null "$READY_URL"; do sleep 5; done
}

signal() { # after `up`, whichever way it ended; systemd says which
  local result=ABANDON
  [ "$SERVICE_RESULT" = success ] && result=CONTINUE
  [ -z "$GROUP" ] || aws autoscaling complete-lifecycle-action --auto-scaling-group-name "$GROUP" \
    --lifecycle-hook-name "$HOOK" --instance-id "$(metadata instance-id)" --lifecycle-action-result "$result"
}

"$1"
