package sprig

import "time"

// The local zone of every template is UTC, as it is in the reference's container, whatever the machine says.
func init() { time.Local = time.FixedZone("UTC", 0) }
