// Package functions holds every function a template may call: Sprig's, and those the reference adds for secrets.
package functions

import (
	"maps"
	"text/template"

	"secretcast/engine/internal/sprig"
	"secretcast/engine/internal/yaml"
)

// All is shared by all templates. text/template copies it, and nothing else may change it.
var All = all()

func all() template.FuncMap {
	functions := sprig.Functions()
	maps.Copy(functions, template.FuncMap{
		"toYaml":   yaml.FromValue,
		"fromYaml": yaml.ToMap,

		"filterPEM":       filterPEM,
		"filterCertChain": filterCertChain,
		"certSANs":        certSANs,

		"pkcs12key":                 pkcs12Key,
		"pkcs12keyPass":             pkcs12KeyPass,
		"pkcs12cert":                pkcs12Cert,
		"pkcs12certPass":            pkcs12CertPass,
		"pemToPkcs12":               pemToPKCS12,
		"pemToPkcs12Pass":           pemToPKCS12Pass,
		"fullPemToPkcs12":           fullPEMToPKCS12,
		"fullPemToPkcs12Pass":       fullPEMToPKCS12Pass,
		"pemTruststoreToPKCS12":     pemTruststoreToPKCS12,
		"pemTruststoreToPKCS12Pass": pemTruststoreToPKCS12Pass,

		"jwkPublicKeyPem":  jwkPublicKeyPEM,
		"jwkPrivateKeyPem": jwkPrivateKeyPEM,
		"rsaDecrypt":       rsaDecrypt,
	})
	return functions
}
