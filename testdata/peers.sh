#!/bin/sh
# Installs or builds the real software that the captures come from, into the folder $PEERS (never into the repository).
# Usage: PEERS=dir peers.sh NAME...      NAME: app collector jaeger jaeger_es jaeger_pbjson agents zipkin sdk xray thrift
# Needs: go, node with npm, python3 with venv, java, mvn, jq, gzip, zstd; and the network.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
: "${PEERS:?}"
mkdir -p "$PEERS/bin"
export GOFLAGS="-buildvcs=false -p=2"
COLLECTOR=v0.158.0
JAEGER=v1.76.0
ZIPKIN=3.6.1

python_node() {
    [ -d "$PEERS/venv" ] || python3 -m venv "$PEERS/venv"
    "$PEERS/venv/bin/pip" install -q -r "$here/shop/app/requirements.txt"
    mkdir -p "$PEERS/node"
    cp "$here/shop/app/package.json" "$PEERS/node/"
    (cd "$PEERS/node" && npm install --silent --no-fund --no-audit --no-package-lock)
}

go_program() { # folder with go.mod, name
    rm -rf "$PEERS/$2-src"
    cp -r "$1" "$PEERS/$2-src"
    (cd "$PEERS/$2-src" && nice -n 10 go build -trimpath -o "$PEERS/bin/$2" .)
}

app() {
    python_node
    go_program "$here/shop/app" shop
}

collector() {
    GOBIN="$PEERS/bin" go install "go.opentelemetry.io/collector/cmd/builder@$COLLECTOR"
    (cd "$PEERS" && nice -n 10 bin/builder --config "$here/shop/builder.yaml")
    cp "$PEERS/otelcol/otelcol" "$PEERS/bin/otelcol"
}

go_module() { # MODULE@VERSION FOLDER: a copy to build in, so that its own go.sum verifies what it needs
    rm -rf "${PEERS:?}/$2"
    cp -r "$(go mod download -json "$1" | jq -r .Dir)" "$PEERS/$2"
    chmod -R u+w "$PEERS/$2"
}

jaeger() {
    go_module "github.com/jaegertracing/jaeger@$JAEGER" jaeger
    (cd "$PEERS/jaeger" && nice -n 10 go build -o "$PEERS/bin/jaeger" ./cmd/jaeger)
}

agents() { # of other vendors
    python_node
    "$PEERS/venv/bin/pip" install -q elastic-apm==6.26.2 ddtrace==4.16.0 msgpack==1.2.4 apache-skywalking==1.2.0 requests==2.34.2
}

jaeger_program() { # folder with main.go, name: built like Jaeger itself, as it imports internal packages
    go_module "github.com/jaegertracing/jaeger@$JAEGER" "$2-src"
    mkdir "$PEERS/$2-src/cmd/$2"
    cp "$1/main.go" "$PEERS/$2-src/cmd/$2/"
    (cd "$PEERS/$2-src" && nice -n 10 go build -o "$PEERS/bin/$2" "./cmd/$2")
}

jaeger_es() {
    jaeger_program "$here/jaeger-es" esbulk
}

jaeger_pbjson() {
    jaeger_program "$here/jaeger-pbjson" pbjson
}

zipkin() {
    go_program "$here/zipkin/app" zipkinapp
    mvn -q -B dependency:copy -Dartifact="io.zipkin:zipkin-server:$ZIPKIN:jar:exec" -DoutputDirectory="$PEERS/lib" -Dmdep.stripVersion
    mv "$PEERS/lib/zipkin-server-exec.jar" "$PEERS/lib/zipkin.jar"
}

sdk() {
    python_node
    go_program "$here/sdk/go" everytype
    go_program "$here/sdk/gostruct" gostruct
    go_program "$here/sdk/goold" goold
    go_module github.com/equinix-labs/otel-cli@v0.4.5 otel-cli
    (cd "$PEERS/otel-cli" && nice -n 10 go build -trimpath -o "$PEERS/bin/otel-cli" .)
    mvn -q -B -f "$here/sdk/java/pom.xml" dependency:copy-dependencies -DoutputDirectory="$PEERS/java"
}

xray() {
    python_node
    "$PEERS/venv/bin/pip" install -q aws-xray-sdk==2.15.0
    (cd "$PEERS/node" && npm install --silent --no-fund --no-audit --no-package-lock --no-save aws-xray-sdk-core@3.12.0)
}

thrift() { # releases from before the exporters were withdrawn, beside the others
    [ -d "$PEERS/thrift" ] || python3 -m venv "$PEERS/thrift"
    "$PEERS/thrift/bin/pip" install -q -r "$here/thrift/requirements.txt"
    mkdir -p "$PEERS/thrift-node"
    (cd "$PEERS/thrift-node" && npm install --silent --no-fund --no-audit --no-package-lock --no-save jaeger-client@3.19.0)
    mvn -q -B dependency:copy -Dartifact=io.zipkin.zipkin2:zipkin:2.27.1 -DoutputDirectory="$PEERS/thrift" -Dmdep.stripVersion
}

for name; do
    case $name in
    app | collector | jaeger | jaeger_es | jaeger_pbjson | agents | zipkin | sdk | xray | thrift) "$name" ;;
    *) echo "peers.sh: unknown peer $name" >&2; exit 2 ;;
    esac
done
