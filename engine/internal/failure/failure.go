// Package failure tells what went wrong in two texts. The raw one is the reference's own wording and may quote secrets.
// The public one is written into events and logs: it is put together from what is known to be harmless, and never made
// from the raw one by taking things out.
package failure

// Failure is an error with both texts.
type Failure struct {
	Raw    string
	Public string
}

// New makes a failure from its two texts.
func New(raw, public string) *Failure { return &Failure{Raw: raw, Public: public} }

func (f *Failure) Error() string { return f.Raw }
