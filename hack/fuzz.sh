#!/usr/bin/env bash
# Runs every fuzz target of the module for a while, one after the other:
# fuzz.sh <time for each>. The first input that fails ends it, and is kept under
# testdata/fuzz, where go test finds it again.
set -euo pipefail

grep -rl --include='*_test.go' '^func Fuzz' internal test | xargs -n 1 dirname | sort -u | while read -r package; do
	go test -list '^Fuzz' "./$package" | grep '^Fuzz' | while read -r target; do
		echo "==> $package $target"
		# Shrinking what is merely interesting would take up most of a short time.
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$1" -fuzzminimizetime 1s "./$package" </dev/null
	done
done
