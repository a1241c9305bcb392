//go:build !linux

package network

import "os"

// Isolate runs run: where there is no Linux there is no network of a program's own.
func Isolate(run func() int) { os.Exit(run()) }
