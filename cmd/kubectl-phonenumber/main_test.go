package main

import (
	"io"
	"os"
	"testing"

	"k8s.io/klog/v2"
)

// TestSilence wants nothing of what libraries log, errors included, where a person reads.
func TestSilence(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	before := os.Stderr
	os.Stderr = write
	silence()
	klog.ErrorS(io.EOF, "Failed to watch")
	klog.Error("Failed to watch")
	klog.Flush()
	os.Stderr = before
	if err := write.Close(); err != nil {
		t.Fatal(err)
	}
	if logged, err := io.ReadAll(read); len(logged) > 0 || err != nil {
		t.Errorf("it logged %q, %v", logged, err)
	}
}
