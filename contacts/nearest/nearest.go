// Package nearest finds the name that was probably meant by one that does not exist.
package nearest

import (
	"slices"
	"strings"
)

// Name is the one of the names that a person who typed another probably meant:
// at most one of so many letters, and never more than three, are others, are
// missing or stand in the wrong order. "" if there is none.
func Name(typed string, names []string, letters int) string {
	best, least := "", min(3, (len([]rune(typed))+letters-1)/letters)+1
	for _, name := range slices.Sorted(slices.Values(names)) {
		if d := distance(strings.ToLower(typed), strings.ToLower(name), least); d < least {
			best, least = name, d
		}
	}
	return best
}

// distance counts letters to change, add, leave out or swap with their neighbour; most if it is that or more.
func distance(a, b string, most int) int {
	x, y := []rune(a), []rune(b)
	if len(x)-len(y) >= most || len(y)-len(x) >= most {
		return most
	}
	row, last, before := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i, c := range x {
		before, last, row = last, row, before
		row[0] = i + 1
		for j, d := range y {
			change := last[j]
			if c != d {
				change++
			}
			row[j+1] = min(change, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && c == y[j-1] && x[i-1] == d {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return min(row[len(y)], most)
}
