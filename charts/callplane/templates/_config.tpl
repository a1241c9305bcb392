{{/* files/ is a copy of config/, where CRDs, policies and roles have their home: "make
chart" writes it. These turn its objects into those of the release. */}}

{{/* The objects of a file, as JSON: include passes nothing but text. */}}
{{- define "callplane.objects" -}}
{{- $objects := list -}}
{{- range splitList "\n---\n" (.root.Files.Get .path) -}}
{{- $object := fromYaml . -}}
{{- if hasKey $object "Error" }}{{ fail (printf "%s: %s" $.path $object.Error) }}{{ end -}}
{{- if $object }}{{ $objects = append $objects $object }}{{ end -}}
{{- end -}}
{{- if not $objects }}{{ fail (printf "%s is missing: make chart writes it" .path) }}{{ end -}}
{{- toJson (dict "objects" $objects) -}}
{{- end -}}

{{/* The name of an object of the release. Names that people, documents and messages
refer to stay as they are. */}}
{{- define "callplane.renamed" -}}
{{- $own := list "callplane-manager" "callplane-leader-election" "callplane-metrics-auth" "callplane-secret-guard" -}}
{{- if has .name $own -}}
{{- $prefix := include (ternary "callplane.fullname" "callplane.clusterwide" .namespaced) .root -}}
{{- printf "%s-%s" $prefix (trimPrefix "callplane-" .name) -}}
{{- else -}}
{{- .name -}}
{{- end -}}
{{- end -}}

{{/* An object of config/ as one of the release: its names, namespace and labels. */}}
{{- define "callplane.adapted" -}}
{{- $root := .root -}}
{{- $object := .object -}}
{{- $metadata := $object.metadata -}}
{{- $_ := set $metadata "labels" (merge (fromYaml (include "callplane.labels" $root)) ($metadata.labels | default dict)) -}}
{{- $namespaced := hasKey $metadata "namespace" -}}
{{- if $namespaced }}{{ $_ := set $metadata "namespace" $root.Release.Namespace }}{{ end -}}
{{- $_ := set $metadata "name" (include "callplane.renamed" (dict "root" $root "name" $metadata.name "namespaced" $namespaced)) -}}
{{- with .annotations }}{{ $_ := set $metadata "annotations" (merge . ($metadata.annotations | default dict)) }}{{ end -}}
{{- with $object.roleRef -}}
{{- $_ := set . "name" (include "callplane.renamed" (dict "root" $root "name" .name "namespaced" (eq .kind "Role"))) -}}
{{- end -}}
{{- range $object.subjects -}}
{{- $_ := set . "name" (include "callplane.serviceAccountName" $root) -}}
{{- $_ := set . "namespace" $root.Release.Namespace -}}
{{- end -}}
{{- toYaml $object -}}
{{- end -}}

{{/* All objects of a file as those of the release. */}}
{{- define "callplane.file" -}}
{{- $root := .root -}}
{{- $annotations := .annotations | default dict -}}
{{- range (fromJson (include "callplane.objects" .)).objects }}
---
{{ include "callplane.adapted" (dict "root" $root "object" . "annotations" $annotations) }}
{{- end }}
{{- end -}}
