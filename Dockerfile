# Two images of the same kind: a static binary, the roots of trust for HTTPS, no
# shell, no package manager, not root.
#
#   docker build -t callplane-manager .                       builds the binary too
#   docker build -t callplane-manager --target prebuilt .     takes bin/callplane-manager
#
# Either needs a container engine. Where none runs, `make build` gives the binary
# that is in the image.

# prebuilt pulls no base image. `make image-prebuilt` puts both files into bin/.
FROM scratch AS prebuilt
COPY bin/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY bin/callplane-manager /callplane-manager
USER 65532:65532
ENTRYPOINT ["/callplane-manager"]

FROM --platform=$BUILDPLATFORM golang:1.26 AS build
ARG TARGETOS
ARG TARGETARCH
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY api api
COPY cmd cmd
COPY internal internal
ARG VERSION
ARG REVISION
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \
    go build -trimpath -ldflags="-s -w -X github.com/prometheus/common/version.Version=$VERSION -X github.com/prometheus/common/version.Revision=$REVISION" \
    -o /callplane-manager ./cmd

# scratch has no certificates: without these no provider can be trusted.
FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /callplane-manager /callplane-manager
USER 65532:65532
ENTRYPOINT ["/callplane-manager"]
