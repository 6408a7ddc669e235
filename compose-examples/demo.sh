#!/usr/bin/env bash
# Brings up the Node, MongoDB and Redis example, calls it, and says what to try next.
#   demo.sh [ROOST]
set -euo pipefail
roost=$(realpath "${1:-$(command -v roost)}")
cd "$(dirname "$0")"

if [ "$(id -u)" -ne 0 ]; then
  echo "roost makes namespaces, bridges and mounts: run this as root (sudo make demo)" >&2
  exit 1
fi

# A port somebody else uses is left to them.
port=${APP_PORT:-8080}
while [ -z "${APP_PORT:-}" ] && ! "$roost" ls -q 2>/dev/null | grep -qx node-mongo-redis \
  && (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
  port=$((port + 1))
done
if published=$("$roost" -f node-mongo-redis/compose.yaml port app 3000 2>/dev/null); then
  port=${published##*:}
fi
export APP_PORT=$port

base/make.sh "$roost"
node-mongo-redis/mongo/fetch.sh
cd node-mongo-redis
"$roost" up --detach --build --wait

echo
echo "+ roost ps"
"$roost" ps
echo
echo "+ curl -d '{\"text\":\"hello from the demo\"}' localhost:$port/api/notes"
curl -fsS -d '{"text":"hello from the demo"}' "localhost:$port/api/notes"
echo "+ curl localhost:$port/api/visits"
curl -fsS "localhost:$port/api/visits"

cat <<EOF

The stack runs: http://localhost:$port. Try, in $PWD
(with $(dirname "$roost") in your PATH, or after \`make install\`):

  roost logs -f app               follow the application's log
  roost exec redis redis-cli      talk to Redis
  roost exec app sh               look around inside
  roost image history course/notes-app
  roost top
  roost down                      stop; the notes stay
  roost down -v                   stop and forget the notes too
EOF
