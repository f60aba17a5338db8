{{/* The name of the objects, which names of labels may have too: at most 63 characters. */}}
{{- define "kubestow.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* The name of what is not in a namespace, which two releases may not share. */}}
{{- define "kubestow.clusterName" -}}
{{- printf "%s-%s" .Release.Namespace (include "kubestow.fullname" .) -}}
{{- end -}}

{{- define "kubestow.selector" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "kubestow.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "kubestow.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- define "kubestow.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "kubestow.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- required "serviceAccount.name is required if serviceAccount.create is false" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "kubestow.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{/* The Secret that has the token, and the claim that has the history. */}}
{{- define "kubestow.tokenSecret" -}}
{{- default (printf "%s-token" (include "kubestow.fullname" .)) .Values.access.token.existingSecret -}}
{{- end -}}
{{- define "kubestow.historyClaim" -}}
{{- default (printf "%s-history" (include "kubestow.fullname" .)) .Values.history.existingClaim -}}
{{- end -}}

{{/* The files of the ConfigMap, empty where there are none. */}}
{{- define "kubestow.files" -}}
{{- $files := dict -}}
{{- range $name, $text := .Values.nodePools -}}
{{- $_ := set $files (printf "nodepool-%s.yaml" $name) $text -}}
{{- end -}}
{{- if .Values.costs -}}
{{- $_ := set $files "costs.yaml" .Values.costs -}}
{{- end -}}
{{- if $files -}}
{{- toYaml $files -}}
{{- end -}}
{{- end -}}

{{/* Names of what may be put into a namespace that other releases use too. */}}
{{- define "kubestow.dashboardName" -}}
{{- $name := .Values.grafana.dashboard.namespace | empty | not | ternary (include "kubestow.clusterName" .) (include "kubestow.fullname" .) -}}
{{- printf "%s-dashboard" $name -}}
{{- end -}}
{{- define "kubestow.alertsName" -}}
{{- .Values.alerts.namespace | empty | not | ternary (include "kubestow.clusterName" .) (include "kubestow.fullname" .) -}}
{{- end -}}

{{/* What the alerts are about: the given matchers, or those that the monitor's targets have. */}}
{{- define "kubestow.alertSelector" -}}
{{- $name := include "kubestow.fullname" . -}}
{{- if .Values.alerts.selector -}}
{{- printf "{%s}" .Values.alerts.selector -}}
{{- else if eq .Values.monitor.kind "PodMonitor" -}}
{{- printf "{job=\"%s/%s\"}" .Release.Namespace $name -}}
{{- else if eq .Values.monitor.kind "ServiceMonitor" -}}
{{- printf "{job=\"%s\",namespace=\"%s\"}" $name .Release.Namespace -}}
{{- end -}}
{{- end -}}

{{/* The controller: a pod of its own, which the view's Service and policy do not select. */}}
{{- define "kubestow.controllerName" -}}
{{- printf "%s-controller" (include "kubestow.fullname" . | trunc 52 | trimSuffix "-") -}}
{{- end -}}

{{- define "kubestow.controllerSelector" -}}
app.kubernetes.io/name: {{ printf "%s-controller" (default .Chart.Name .Values.nameOverride | trunc 52 | trimSuffix "-") }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "kubestow.controllerLabels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "kubestow.controllerSelector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- define "kubestow.controllerAccount" -}}
{{- if .Values.controller.serviceAccount.create -}}
{{- default (include "kubestow.controllerName" .) .Values.controller.serviceAccount.name -}}
{{- else -}}
{{- required "controller.serviceAccount.name is required if controller.serviceAccount.create is false" .Values.controller.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* Who may connect to a port, and what pods may reach. */}}
{{- define "kubestow.ingress" -}}
{{- with .root.Values.networkPolicy.ingressFrom -}}
ingress:
  - from:
      {{- toYaml . | nindent 6 }}
    ports:
      - port: {{ $.port }}
        protocol: TCP
{{- else -}}
ingress: []
{{- end -}}
{{- end -}}

{{- define "kubestow.egress" -}}
egress:
  # Cluster DNS, also where a cache on each node answers.
  - ports:
      - port: 53
        protocol: UDP
      - port: 53
        protocol: TCP
  # AWS and the API server: their addresses are not known in advance.
  - ports:
      - port: 443
        protocol: TCP
      {{- if ne (int .Values.networkPolicy.apiServerPort) 443 }}
      - port: {{ .Values.networkPolicy.apiServerPort }}
        protocol: TCP
      {{- end }}
  # The agent of EKS Pod Identity on the pod's own node, over IPv4 and IPv6.
  - to:
      - ipBlock:
          cidr: 169.254.170.23/32
      - ipBlock:
          cidr: fd00:ec2::23/128
    ports:
      - port: 80
        protocol: TCP
{{- end -}}
