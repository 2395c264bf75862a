package packs

import (
	"strconv"
	"strings"
)

// The twin of hours.lua: what the scripts answer from packed texts, line by line,
// so that the one can be tried against the other and both against Law.

// Open reports whether a call is allowed at a time, Unix ms, in a zone that is so
// many minutes before UTC then, by all texts; else the rule that forbids it. The
// texts are those of the person's regions and, last, the campaign's.
func Open(texts []string, at int64, offset int) (bool, string) {
	if rule, _ := banned(texts, at); rule != "" {
		return false, rule
	}
	wall := at/60_000 + int64(offset)
	return windowOf(texts, Day(wall/minutesADay)).Allows(int(wall % minutesADay))
}

// OpensAt is when a call is allowed from a time on, Unix ms, in every zone of which
// a row is given: "offset;change;offset after;change;…", minutes and Unix ms. False
// if that is not within Horizon.
func OpensAt(texts []string, at int64, rows ...string) (int64, bool) {
	last := at + Horizon.Milliseconds()
	for i, agreed := 0, 0; agreed < len(rows); i = (i + 1) % len(rows) {
		next, ok := opensIn(texts, at, rows[i], last)
		if !ok {
			return 0, false
		}
		if next > at {
			at, agreed = next, 0
		}
		agreed++
	}
	return at, true
}

func opensIn(texts []string, at int64, row string, last int64) (int64, bool) {
	for at <= last {
		if rule, end := banned(texts, at); rule != "" {
			if end == 0 {
				return 0, false
			}
			at = end
			continue
		}
		offset, change := offsetAt(row, at)
		wall := at/60_000 + int64(offset)
		open := nextMinute(texts, wall)
		next := (open - int64(offset)) * 60_000
		switch {
		case open == wall:
			return at, true
		case change != 0 && (open < 0 || next >= change):
			at = change
		case open < 0:
			return 0, false
		default:
			at = next
		}
	}
	return 0, false
}

// nextMinute is the first allowed minute on the wall from one on, -1 for none.
func nextMinute(texts []string, wall int64) int64 {
	today := Day(wall / minutesADay)
	for d := today; d <= today+Day(Horizon.Hours()/24); d++ {
		w := windowOf(texts, d)
		open := max(int64(d)*minutesADay+int64(w.From), wall)
		if open < int64(d)*minutesADay+int64(w.Until) {
			return open
		}
	}
	return -1
}

// offsetAt is a zone's offset at a time and when it changes next, 0 for never.
func offsetAt(row string, at int64) (int, int64) {
	now, rest, _ := strings.Cut(row, ";")
	for rest != "" {
		var change, after string
		change, rest, _ = strings.Cut(rest, ";")
		after, rest, _ = strings.Cut(rest, ";")
		if ms, _ := strconv.ParseInt(change, 10, 64); at < ms {
			offset, _ := strconv.Atoi(now)
			return offset, ms
		}
		now = after
	}
	offset, _ := strconv.Atoi(now)
	return offset, 0
}

// windowOf is the strictest window of a day; holidays of any text close a campaign
// that rests on them.
func windowOf(texts []string, d Day) Window {
	all, holiday, rests := wholeDay, false, false
	for _, text := range texts {
		w, flag := packedWindow(text, d)
		all = all.and(w)
		holiday = holiday || flag == 'h'
		rests = rests || flag == 'c'
	}
	if holiday && rests {
		all = all.and(shut(campaignRule))
	}
	return all
}

// packedWindow is the window that a text has for a day, and its flag.
func packedWindow(text string, d Day) (Window, byte) {
	i, days := int(d)-number(text[:3]), number(text[3:5])
	if i < 0 || i >= days {
		return shut(staleRule), '0'
	}
	n := number(text[headLength+2*i:][:2])
	said := text[headLength+2*days+windowLength*n:][:windowLength]
	return Window{number(said[:2]), number(said[2:4]), packedRule(text, said[5:7]), packedRule(text, said[7:9])}, said[4]
}

// packedRule is the name of a rule by its number.
func packedRule(text, n string) string {
	rules := text[headLength+2*number(text[3:5])+windowLength*number(text[5:7]):]
	_, rest, _ := strings.Cut(rules, "|"+n)
	name, _, _ := strings.Cut(rest, "|")
	return name
}

// number reads digits.
func number(s string) int {
	n := 0
	for _, c := range []byte(s) {
		n = n*digits + int(c) - '0'
	}
	return n
}

// banned is the ban of any text that lasts longest of those that hold at a time:
// its rule and end, 0 for never. "" if there is none.
func banned(texts []string, at int64) (string, int64) {
	rule, end := "", int64(-1)
	for _, text := range texts {
		begin := number(text[7:headLength])
		if begin == 0 {
			continue
		}
		for said := range strings.SplitSeq(strings.Trim(text[begin-1:], "!"), "!") {
			from, said, _ := strings.Cut(said, ",")
			until, id, _ := strings.Cut(said, ",")
			first, _ := strconv.ParseInt(from, 10, 64)
			last, _ := strconv.ParseInt(until, 10, 64)
			if first <= at && (last == 0 || at < last) && longer(last, end) {
				rule, end = id, last
			}
		}
	}
	return rule, end
}
