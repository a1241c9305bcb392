package telemetry

import (
	"runtime/debug"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors/version"
	build "github.com/prometheus/common/version"
)

// ShowBuild shows in callplane_build_info which build runs, and returns its version and
// the commit that it is of: in an incident that is the first question. An image is built
// without the repository: there the linker is told.
func ShowBuild(registry prometheus.Registerer) (release, revision string) {
	if info, ok := debug.ReadBuildInfo(); ok && build.Version == "" {
		build.Version = info.Main.Version
	}
	registry.MustRegister(version.NewCollector("callplane"))
	return build.Version, build.GetRevision()
}
