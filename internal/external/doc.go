// Package external is the vocabulary in which the engine and the providers
// talk about what exists outside the cluster: resources, observations, calls,
// drivers and classified errors. It knows neither Kubernetes nor any provider.
package external
