package sprig

import (
	"maps"
	"slices"
)

// keys and values are in the order of the keys. The library leaves the order to chance; a Secret rendered twice from
// the same data must not differ, or every refresh would write it anew.

func keys(dictionaries ...map[string]any) []string {
	all := []string{}
	for _, dictionary := range dictionaries {
		all = append(all, slices.Sorted(maps.Keys(dictionary))...)
	}
	return all
}

func values(dictionary map[string]any) []any {
	all := []any{}
	for _, key := range slices.Sorted(maps.Keys(dictionary)) {
		all = append(all, dictionary[key])
	}
	return all
}
