package rig

import (
	"net/http"
	"net/http/httptest"
	"net/http/pprof"
	"os"
	"path/filepath"
	"testing"
)

func TestSaveProfile(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	server := httptest.NewServer(mux)
	defer server.Close()
	folder := filepath.Join(t.TempDir(), "profiles")
	s := source{name: "teardown-manager", url: server.URL, client: http.DefaultClient}
	if err := s.save(t.Context(), folder, "heap", "heap"); err != nil {
		t.Fatal(err)
	}
	saved, err := os.ReadFile(filepath.Join(folder, "teardown-manager-heap.pprof"))
	if err != nil || len(saved) == 0 {
		t.Errorf("a profile is in its folder, under its name: %d bytes, %v", len(saved), err)
	}
	if err := s.save(t.Context(), folder, "cpu", "nothing"); err == nil {
		t.Error("what is not there is an error")
	}
}
