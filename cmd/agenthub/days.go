package main

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// days is a duration that may be written in days.
type days time.Duration

const day = 24 * time.Hour

// UnmarshalText reads "90d", or the form of time.ParseDuration; nothing between 0 and a day.
func (d *days) UnmarshalText(text []byte) error {
	given, err := time.ParseDuration(string(text))
	if number, ok := strings.CutSuffix(string(text), "d"); ok {
		var n int
		n, err = strconv.Atoi(number)
		given = time.Duration(min(n, 36500)) * day
	}
	if err != nil || given < 0 || given > 0 && given < day {
		return errors.New("is no time like 90d, of a day or more")
	}
	*d = days(given)
	return nil
}

// String writes whole days as days.
func (d days) String() string {
	if whole := time.Duration(d); whole > 0 && whole%day == 0 {
		return strconv.Itoa(int(whole/day)) + "d"
	}
	return time.Duration(d).String()
}
