{{- define "argocd-mcp.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 63 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 63 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "argocd-mcp.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "argocd-mcp.labels" -}}
{{ include "argocd-mcp.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "argocd-mcp.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}{{ .Values.serviceAccount.name | default (include "argocd-mcp.name" .) }}{{ else }}{{ .Values.serviceAccount.name | default "default" }}{{ end }}
{{- end }}

{{- define "argocd-mcp.image" -}}
{{- if .Values.image.digest }}{{ .Values.image.repository }}@{{ .Values.image.digest }}{{ else }}{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}
{{- end }}

{{/* The hosts of the ingress or route that are one host: which of a wildcard's clients use, publicUrl and allowedHosts say. */}}
{{- define "argocd-mcp.hosts" -}}
{{- range . }}{{ if not (hasPrefix "*" .) }}{{ . }},{{ end }}{{ end }}
{{- end }}

{{- define "argocd-mcp.publicUrl" -}}
{{- $ingress := include "argocd-mcp.hosts" .Values.ingress.hosts | splitList "," | first }}
{{- $route := include "argocd-mcp.hosts" .Values.httpRoute.hostnames | splitList "," | first }}
{{- if .Values.publicUrl }}{{ .Values.publicUrl }}
{{- else if and .Values.ingress.enabled $ingress }}https://{{ $ingress }}{{ trimSuffix "/" .Values.ingress.path }}
{{- else if and .Values.httpRoute.enabled $route }}https://{{ $route }}{{ trimSuffix "/" .Values.httpRoute.path }}
{{- end }}
{{- end }}

{{/* Host headers besides that of the public URL: the other hosts, and the Service's own names. */}}
{{- define "argocd-mcp.allowedHosts" -}}
{{- $name := include "argocd-mcp.name" . }}
{{- $own := list $name (printf "%s.%s" $name .Release.Namespace) (printf "%s.%s.svc" $name .Release.Namespace) (printf "%s.%s.svc.cluster.local" $name .Release.Namespace) }}
{{- $ingress := ternary .Values.ingress.hosts list .Values.ingress.enabled }}
{{- $route := ternary .Values.httpRoute.hostnames list .Values.httpRoute.enabled }}
{{- $served := include "argocd-mcp.hosts" (concat $ingress $route) | trimSuffix "," | splitList "," }}
{{- concat $own $served .Values.allowedHosts | compact | uniq | join "," }}
{{- end }}

{{/* What would not start, or would let strangers in, is refused before it is applied. */}}
{{- define "argocd-mcp.validate" -}}
{{- if and (not .Values.callers.tokenSecret.name) (not .Values.callers.allowUnauthenticated) }}
{{- fail "callers.tokenSecret.name: name the Secret with the tokens callers must show, or set callers.allowUnauthenticated if something in front authenticates them" }}
{{- end }}
{{- if and (not .Values.stateless) (or .Values.autoscaling.enabled (gt (int .Values.replicas) 1)) }}
{{- fail "stateless: several replicas need it, as a session lives in one of them" }}
{{- end }}
{{- if and .Values.autoscaling.enabled (gt (int .Values.autoscaling.minReplicas) (int .Values.autoscaling.maxReplicas)) }}
{{- fail "autoscaling.minReplicas: it is more than autoscaling.maxReplicas" }}
{{- end }}
{{- if eq (int .Values.ports.mcp) (int .Values.ports.ops) }}
{{- fail "ports.ops: it must be another port than ports.mcp" }}
{{- end }}
{{- if and .Values.preStopSeconds (semverCompare "<1.30.0-0" .Capabilities.KubeVersion.Version) }}
{{- fail "preStopSeconds: Kubernetes pauses before the end of a pod from 1.30 on; set it to 0" }}
{{- end }}
{{- if and .Values.argocd.tokenSecret.name (not .Values.argocd.baseUrl) }}
{{- fail "argocd.baseUrl: a token belongs to a base URL" }}
{{- end }}
{{- if and (or .Values.ingress.enabled .Values.httpRoute.enabled) (not (include "argocd-mcp.publicUrl" .)) }}
{{- fail "publicUrl: write the address clients use, as no host of the ingress or route says it" }}
{{- end }}
{{- range .Values.env }}
{{- if and (eq (toString .name) "ARGOCD_API_TOKEN") $.Values.argocd.tokenSecret.name }}
{{- fail "env: ARGOCD_API_TOKEN is a second token beside argocd.tokenSecret; leave one of them out" }}
{{- end }}
{{- end }}
{{- end }}
