// Package assets says where the programs are that tests start. It neither builds
// nor starts them.
package assets

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

const (
	// KubernetesFolder names the variable that overrides the folder of etcd,
	// kube-apiserver, kube-controller-manager and kubectl.
	KubernetesFolder = "KUBEBUILDER_ASSETS"
	// LiveKitPath names the variable that overrides the path of livekit-server.
	LiveKitPath = "CALLPLANE_LIVEKIT_SERVER"

	modulePath = "github.com/callplane/callplane"
)

// Kubernetes is the path of one program of the control plane.
func Kubernetes(name string) (string, error) {
	if folder := os.Getenv(KubernetesFolder); folder != "" {
		return existing(filepath.Join(folder, name), KubernetesFolder)
	}
	return built(name, KubernetesFolder)
}

// Client is the path of a program that people use with Callplane, such as helm.
func Client(name string) (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	path := filepath.Join(root, "bin", "clients", name)
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("%s is missing: `make clients` builds it: %w", name, err)
	}
	return path, nil
}

// LiveKitServer is the path of livekit-server.
func LiveKitServer() (string, error) {
	if path := os.Getenv(LiveKitPath); path != "" {
		return existing(path, LiveKitPath)
	}
	return built("livekit-server", LiveKitPath)
}

func built(name, variable string) (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	return existing(filepath.Join(root, "bin", "testbed", name), variable)
}

func existing(path, variable string) (string, error) {
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("%s is missing: `make testbed` builds it, or set %s: %w", filepath.Base(path), variable, err)
	}
	return filepath.Abs(path)
}

// Root is the folder of the repository, found upwards from the working folder.
func Root() (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("finding the repository: %w", err)
	}
	for !isRoot(folder) {
		parent := filepath.Dir(folder)
		if parent == folder {
			return "", errors.New("finding the repository: no go.mod of " + modulePath + " above the working folder")
		}
		folder = parent
	}
	return folder, nil
}

// isRoot passes over the nested modules below test/, whose paths are longer.
func isRoot(folder string) bool {
	file, err := os.Open(filepath.Join(folder, "go.mod"))
	if err != nil {
		return false
	}
	defer func() { _ = file.Close() }()
	lines := bufio.NewScanner(file)
	return lines.Scan() && lines.Text() == "module "+modulePath
}
