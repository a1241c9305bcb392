package main

import (
	_ "github.com/callplane/callplane/api/v1alpha1"
	_ "github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/managed"
)

func main() {}
