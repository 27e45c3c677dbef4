#!/bin/bash
# Reads the secrets of one unit into memory: /run/retrieval/UNIT, which no disk ever holds.
set -euo pipefail
. /etc/retrieval/boot.env
export AWS_DEFAULT_REGION="$REGION" AWS_RETRY_MODE=standard AWS_MAX_ATTEMPTS=10
folder="/run/retrieval/$1"
umask 077
install -d -m 0750 -g retrieval /run/retrieval "$folder"
: >"$folder/env.new"
while read -r kind name parameter; do
  value=$(aws ssm get-parameter --with-decryption --name "$parameter" \
    --query Parameter.Value --output text)
  if [ "$kind" = file ]; then
    printf '%s' "$value" >"$folder/$name.new"
    chgrp retrieval "$folder/$name.new"
    chmod 0640 "$folder/$name.new"
    mv "$folder/$name.new" "$folder/$name"
  else
    printf '%s=%s\n' "$name" "$value" >>"$folder/env.new"
  fi
done <"/etc/retrieval/secrets/$1"
mv "$folder/env.new" "$folder/env"
