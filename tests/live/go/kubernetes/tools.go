//go:build tools

// Package tools keeps the command that the tests build among this module's requirements.
package tools

import _ "k8s.io/kubernetes/cmd/kube-controller-manager"
