package kube

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"

	"github.com/callplane/callplane/test/bed/assets"
	"github.com/callplane/callplane/test/bed/process"
)

// Kubectl runs the real kubectl as the administrator. A --kubeconfig argument
// makes it run as someone else. Its home and cache are the control plane's own.
func (c *ControlPlane) Kubectl(ctx context.Context, args ...string) (stdout, stderr string, err error) {
	return c.KubectlInput(ctx, "", args...)
}

// KubectlInput is Kubectl with something to read, as for "apply -f -".
func (c *ControlPlane) KubectlInput(ctx context.Context, input string, args ...string) (stdout, stderr string, err error) {
	path, err := assets.Kubernetes("kubectl")
	if err != nil {
		return "", "", err
	}
	var out, problems bytes.Buffer
	command := exec.CommandContext(ctx, path, args...)
	command.Env = process.Environment(
		"HOME="+c.path("home"), "KUBECONFIG="+c.Kubeconfig(), "KUBECACHEDIR="+c.path("home/cache"))
	command.Stdin, command.Stdout, command.Stderr = strings.NewReader(input), &out, &problems
	if err := command.Run(); err != nil {
		return out.String(), problems.String(), fmt.Errorf("kubectl %s: %w: %s", strings.Join(args, " "), err, problems.String())
	}
	return out.String(), problems.String(), nil
}
