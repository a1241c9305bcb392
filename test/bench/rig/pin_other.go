//go:build !linux

package rig

import "errors"

// Exec is for Linux.
func Exec(int, string, []string) error {
	return errors.New("a program can be pinned to a core on Linux only")
}

// Cores has none to offer.
func Cores() (manager, rest int, ok bool) { return 0, 0, false }
