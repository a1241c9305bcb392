package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func open(t *testing.T, path string) (*folder, string, error) {
	t.Helper()
	var shown bytes.Buffer
	f, err := openFolder(&screen{Writer: &shown}, path)
	return f, shown.String(), err
}

func TestFolderBelongsToOneDemo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bin", "demo")
	first, shown, err := open(t, path)
	if err != nil || shown != "" {
		t.Fatalf("the first demo: %v, and it said %q", err, shown)
	}
	_, _, err = open(t, path)
	if want := fmt.Sprintf("`kill %d`", os.Getpid()); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("a second demo got %v, want a refusal that says %s", err, want)
	}
	if _, err := os.Stat(first.join("tmp")); err != nil {
		t.Errorf("the second demo touched the first one's files: %v", err)
	}
	if err := first.remove(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the folder is still there: %v", err)
	}
	next, shown, err := open(t, path)
	if err != nil || shown != "" {
		t.Fatalf("the next demo: %v, and it said %q", err, shown)
	}
	_ = next.remove()
}

func TestFolderOfAKilledDemo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "demo")
	killed, _, err := open(t, path)
	if err != nil {
		t.Fatal(err)
	}
	left := killed.join("tmp/etcd")
	if err := os.WriteFile(left, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_ = killed.lock.Close() // the kernel lets go of it

	next, shown, err := open(t, path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = next.remove() }()
	if !strings.Contains(shown, "An earlier demo was killed") {
		t.Errorf("it said %q, want that it removes what another left", shown)
	}
	if _, err := os.Stat(left); !os.IsNotExist(err) {
		t.Errorf("what was left is still there: %v", err)
	}
}
