package assets_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/callplane/callplane/test/bed/assets"
)

func TestFind(t *testing.T) {
	folder := t.TempDir()
	present := filepath.Join(folder, "etcd")
	if err := os.WriteFile(present, nil, 0o700); err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		reason   string
		variable string
		value    string
		find     func() (string, error)
		want     string
		missing  bool
	}{
		"Folder": {
			reason:   "The variable overrides the folder of the Kubernetes programs.",
			variable: assets.KubernetesFolder, value: folder,
			find: func() (string, error) { return assets.Kubernetes("etcd") }, want: present,
		},
		"Path": {
			reason:   "The variable overrides the path of livekit-server.",
			variable: assets.LiveKitPath, value: present, find: assets.LiveKitServer, want: present,
		},
		"MissingInFolder": {
			reason:   "What is missing can be built.",
			variable: assets.KubernetesFolder, value: folder,
			find: func() (string, error) { return assets.Kubernetes("kubectl") }, missing: true,
		},
		"MissingPath": {
			reason:   "What is missing can be built.",
			variable: assets.LiveKitPath, value: filepath.Join(folder, "none"), find: assets.LiveKitServer, missing: true,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Setenv(tc.variable, tc.value)
			got, err := tc.find()
			if tc.missing {
				if err == nil || !strings.Contains(err.Error(), "`make testbed`") {
					t.Errorf("%s\ngot %q, %v", tc.reason, got, err)
				}
				return
			}
			if err != nil || got != tc.want {
				t.Errorf("%s\nwant %q, got %q, %v", tc.reason, tc.want, got, err)
			}
		})
	}
}

func TestRoot(t *testing.T) {
	got, err := assets.Root()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(got, "test", "bed", "assets")); err != nil {
		t.Errorf("the root is the folder that holds this package: %v", err)
	}
}
