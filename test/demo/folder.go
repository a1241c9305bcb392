package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// folder holds all files of a running demo. It belongs to one demo at a time and
// goes with it; what a killed demo left, the next one removes.
type folder struct {
	path string
	lock *os.File
}

// openFolder fails when another demo runs.
func openFolder(screen *screen, path string) (*folder, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	lock, err := takeLock(path + ".lock")
	if err != nil {
		return nil, err
	}
	f := &folder{path: path, lock: lock}
	if err := f.clear(screen); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return f, nil
}

// takeLock leaves it to the kernel to tell a demo that runs from one that died.
// The file stays when the demo ends: removing it would race with the next one.
func takeLock(path string) (*os.File, error) {
	lock, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		pid, _ := os.ReadFile(path)
		return nil, errors.Join(fmt.Errorf("another demo is running: end it with Ctrl-C, or with `kill %s`", strings.TrimSpace(string(pid))), lock.Close())
	}
	if err == nil {
		err = os.WriteFile(path, fmt.Appendln(nil, os.Getpid()), 0o644)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("locking %s: %w", path, err), lock.Close())
	}
	return lock, nil
}

// clear removes what a killed demo left and makes the folder anew.
func (f *folder) clear(screen *screen) error {
	if _, err := os.Stat(f.path); err == nil {
		fmt.Fprintln(screen, "An earlier demo was killed; removing what it left.")
		if err := endLeftovers(f.join("programs")); err != nil {
			fmt.Fprintf(screen, "Its programs may still run: %v\n", err)
		}
	}
	if err := os.RemoveAll(f.path); err != nil {
		return fmt.Errorf("removing what an earlier demo left: %w", err)
	}
	for _, name := range []string{"programs", "tmp", "home", "numbers"} {
		if err := os.MkdirAll(f.join(name), 0o755); err != nil {
			return err
		}
	}
	return nil
}

func (f *folder) join(name string) string { return filepath.Join(f.path, name) }

// link makes a program known under a name in the folder, so that the list of
// processes tells to whom it belongs.
func (f *folder) link(target string) (string, error) {
	path := f.join(filepath.Join("programs", filepath.Base(target)))
	return path, os.Symlink(target, path)
}

// remove is the last that a demo does.
func (f *folder) remove() error {
	return errors.Join(os.RemoveAll(f.path), f.lock.Close())
}
