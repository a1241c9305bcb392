package main

import (
	"runtime/debug"

	"github.com/prometheus/client_golang/prometheus/collectors/version"
	common "github.com/prometheus/common/version"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
)

// announceBuild says in the log and in callplane_build_info what runs: in an incident that
// is the first question.
func announceBuild() {
	if info, ok := debug.ReadBuildInfo(); ok {
		common.Version = info.Main.Version
	}
	metrics.Registry.MustRegister(version.NewCollector("callplane"))
	ctrl.Log.Info("Callplane", "version", common.Version, "revision", common.GetRevision(), "go", common.GoVersion)
}
