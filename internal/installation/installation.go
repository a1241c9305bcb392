// Package installation keeps the id that tells the resources of one Callplane
// from those of another at the same providers.
package installation

import (
	"context"
	"fmt"
	"io"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/internal/marker"
)

// ConfigMap is the name of the ConfigMap that holds the id.
const ConfigMap = "callplane-installation"

const key = "id"

// ID returns the id of this installation. The first caller makes it; it must
// outlive the manager, since everything that was ever created bears it.
func ID(ctx context.Context, c client.Client, random io.Reader, namespace string) (string, error) {
	id, err := generate(random)
	if err != nil {
		return "", err
	}
	config := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: ConfigMap},
		Data:       map[string]string{key: id},
	}
	if err := c.Create(ctx, config); err == nil {
		return id, nil
	} else if !apierrors.IsAlreadyExists(err) {
		return "", fmt.Errorf("keeping the installation id: %w", err)
	}
	if err := c.Get(ctx, client.ObjectKeyFromObject(config), config); err != nil {
		return "", fmt.Errorf("reading the installation id: %w", err)
	}
	if id = config.Data[key]; !marker.ValidInstallation(id) {
		return "", fmt.Errorf("ConfigMap %s/%s: %s must be 6 lower-case letters and digits", namespace, ConfigMap, key)
	}
	return id, nil
}

func generate(random io.Reader) (string, error) {
	// 32 characters divide 256 evenly, so every id is equally likely.
	const alphabet = "abcdefghijklmnopqrstuvwxyz234567"
	bytes := make([]byte, 6)
	if _, err := io.ReadFull(random, bytes); err != nil {
		return "", fmt.Errorf("making an installation id: %w", err)
	}
	for i, b := range bytes {
		bytes[i] = alphabet[int(b)%len(alphabet)]
	}
	return string(bytes), nil
}
