#!/usr/bin/env bash
# Replays every bundled event log into Arize Phoenix and compares what it then says.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
folder=${1:-$(mktemp -d)}
mkdir -p "$folder"
python=$folder/phoenix/bin/python
[ -x "$python" ] || { python3 -m venv "$folder/phoenix"; "$python" -m pip -q install arize-phoenix; }
# AGENTOBS names a binary that is there already.
if [ -z "${AGENTOBS:-}" ]; then cargo build --release --locked --manifest-path "$top/Cargo.toml"; fi
agentobs=${AGENTOBS:-$top/target/release/agentobs}
rm -rf "$folder/data"; mkdir -p "$folder/data"

PHOENIX_WORKING_DIR=$folder/data PHOENIX_HOST=127.0.0.1 PHOENIX_PORT=6006 PHOENIX_GRPC_PORT=4317 \
PHOENIX_TELEMETRY_ENABLED=false PHOENIX_ALLOW_EXTERNAL_RESOURCES=false \
  "$folder/phoenix/bin/phoenix" serve > "$folder/phoenix.log" 2>&1 &
server=$!
trap 'kill $server 2>/dev/null; wait $server 2>/dev/null || true' EXIT
for _ in $(seq 120); do
  "$python" -c 'import urllib.request as u; u.urlopen("http://127.0.0.1:6006/healthz")' 2>/dev/null && break
  sleep 1
done

wrong=0
grpc=0
for log in "$top"/fixtures/realtime/*/events.*; do
  case $log in *.clean.*) continue;; esac
  name=$(basename "$(dirname "$log")")
  grpc=$((1 - grpc))
  # Phoenix takes spans only; gRPC and HTTP take turns.
  if [ $grpc = 1 ]; then to=(--export 127.0.0.1:4317 --protocol grpc); else to=(--export http://127.0.0.1:6006); fi
  "$agentobs" replay "$log" --quiet --signals traces --service-name "$name" "${to[@]}"
  "$agentobs" replay "$log" --quiet --service-name "$name" --out "$folder/sent.jsonl"
  "$python" "$here/phoenix.py" "$name" "$folder/sent.jsonl" || wrong=1
done
exit $wrong
