#!/bin/bash
# Creates the topics that the sink reads, those of its own file, so that it finds them at its first start.
set -euo pipefail

config=/etc/ledgerbus/ledgerbus.config.yaml
kafka_topics=${KAFKA_TOPICS_COMMAND:-/opt/kafka/bin/kafka-topics.sh}

# The entries of `sink.topics`, the only list in that file: a dash and a name a line.
topics=$(sed -n 's/^ *- *\([A-Za-z0-9._-]\{1,\}\) *$/\1/p' "${1:-$config}")
if [ -z "$topics" ]; then
  echo "no topics in ${1:-$config}" >&2
  exit 1
fi
for topic in $topics; do
  "$kafka_topics" --bootstrap-server kafka:19092 --create --if-not-exists --topic "$topic" --partitions 6
done
