#!/usr/bin/env bash
# Builds a Go program and shows how far it is: `go build` says nothing for the
# ten minutes that Kubernetes takes. Keeps to the bash 3.2 of macOS.
#
#   hack/build.sh <what it is> <output> <package> [build flag...]
set -euo pipefail

what=$1 output=$2 package=$3
shift 3

scratch=$(mktemp -d "${TMPDIR:-/tmp}/callplane-build.XXXXXX")
stale=$scratch/stale log=$scratch/log
monitor=

# A terminal gets one line that changes, a log a line now and then.
show() {
	if [ -t 2 ]; then printf '\r\033[K%s' "$1" >&2; else printf '%s\n' "$1" >&2; fi
}

# watch shows what a function prints until it is ended, or this script is killed.
watch() {
	local every=20 ticks=0
	if [ -t 2 ]; then every=1; fi
	while sleep 1 && kill -0 $$ 2>/dev/null; do
		ticks=$((ticks + 1))
		if [ $((ticks % every)) -eq 0 ]; then show "$("$@")"; fi
	done
}

start_watch() {
	SECONDS=0
	: >"$log"
	watch "$@" &
	monitor=$!
}

end_watch() {
	if [ -z "$monitor" ]; then return 0; fi
	kill "$monitor" 2>/dev/null || true
	wait "$monitor" 2>/dev/null || true
	monitor=
	if [ -t 2 ]; then printf '\r\033[K' >&2; fi
}
trap 'end_watch; rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM HUP

duration() {
	if [ "$1" -lt 90 ]; then echo "$1 s"; else echo "$((($1 + 30) / 60)) min"; fi
}

downloads() {
	echo "Building $what: downloading modules, $(grep -c '^go: downloading' "$log") so far"
}

# progress goes by the names that go build -v prints as packages get their turn.
# Weighing packages by files or bytes foretells the end no better than counting.
progress() {
	local all begun left
	all=$(wc -l <"$stale" | tr -d ' ')
	begun=$(sort -u "$log" | grep -cxFf "$stale" || true)
	if [ "$begun" -eq "$all" ]; then
		echo "Building $what: linking"
	elif [ "$SECONDS" -lt 10 ] || [ $((begun * 30)) -lt "$all" ]; then
		echo "Building $what: $begun of $all packages"
	else
		left=$((SECONDS * (all - begun) / begun / 10 * 10 + 10))
		echo "Building $what: $begun of $all packages, about $(duration $left) left"
	fi
}

# fail shows what the compiler said, without the names of packages.
fail() {
	local status=$?
	end_watch
	grep -vxFf "$stale" "$log" >&2 || true
	echo "Building $what failed." >&2
	exit "$status"
}

touch "$stale"
start_watch downloads
go list -deps -f '{{if .Stale}}{{.ImportPath}}{{end}}' "$@" "$package" >"$scratch/list" 2>"$log" || fail
end_watch
grep . "$scratch/list" >"$stale" || true

start_watch progress
go build -v "$@" -o "$output" "$package" 2>"$log" || fail
end_watch
echo "Built $what in $(duration "$SECONDS")." >&2
