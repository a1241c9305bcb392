package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestStartedFrom(t *testing.T) {
	cases := map[string]struct {
		reason string
		list   string
		want   []int
	}{
		"Ours":      {"a program of the folder is found, with or without arguments", "  12 /a/demo/programs/etcd --name=bed\n13 /a/demo/programs/kubectl\n", []int{12, 13}},
		"Others":    {"another demo's programs are not ours", "12 /b/demo/programs/etcd\n13 /a/demo/programs-old/etcd\n", nil},
		"Arguments": {"a program that only mentions the folder is not ours", "12 tail -f /a/demo/programs/log\n", nil},
		"Nonsense":  {"what cannot be read is left out", "\nPID COMMAND\n", nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, startedFrom("/a/demo/programs", tc.list)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

func TestEndLeftovers(t *testing.T) {
	sleep, err := exec.LookPath("sleep")
	if err != nil {
		t.Skip("there is no sleep")
	}
	folder := t.TempDir()
	program := filepath.Join(folder, "sleep")
	if err := os.Symlink(sleep, program); err != nil {
		t.Fatal(err)
	}
	left := exec.Command(program, "60")
	if err := left.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = left.Wait() // it was killed
		close(ended)
	}()
	if err := endLeftovers(folder); err != nil {
		t.Error(err)
	}
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Error("the program still runs")
		_ = left.Process.Kill()
	}
}
