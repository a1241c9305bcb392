#!/usr/bin/env bash
# Runs every fuzz target below some folders for a while, one after the other:
# fuzz.sh <time for each> <folder>... The first input that fails ends it, and is kept under
# testdata/fuzz, where go test finds it again.
set -euo pipefail

time=$1
shift
grep -rl --include='*_test.go' '^func Fuzz' "$@" | xargs -n 1 dirname | sort -u | while read -r package; do
	go test -list '^Fuzz' "./$package" | grep '^Fuzz' | while read -r target; do
		echo "==> $package $target"
		# Shrinking what is merely interesting would take up most of a short time.
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 1s "./$package" </dev/null
	done
done
