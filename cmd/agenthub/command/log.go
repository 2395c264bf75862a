package command

import (
	"os"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// The same warning five times in ten seconds is enough: a store that is away
// would fill a disk.
const (
	warnEvery = 10 * time.Second
	warnMost  = 5
)

// NewLogger writes JSON lines for a machine and plain ones for a person. Lines
// are buffered, which keeps a log of 10 µs a line off the request's path; sync
// writes what is left.
func NewLogger(level string, to *os.File) (log *zap.Logger, sync func()) {
	config := zap.NewProductionEncoderConfig()
	config.EncodeTime = zapcore.ISO8601TimeEncoder
	config.EncodeDuration = zapcore.StringDurationEncoder
	encoder := zapcore.NewJSONEncoder(config)
	if IsTerminal(to) {
		config.EncodeTime = zapcore.TimeEncoderOfLayout("15:04:05")
		config.EncodeLevel = zapcore.CapitalColorLevelEncoder
		encoder = zapcore.NewConsoleEncoder(config)
	}
	threshold, err := zapcore.ParseLevel(level)
	if err != nil {
		threshold = zapcore.InfoLevel // the flag knows no other
	}
	buffered := &zapcore.BufferedWriteSyncer{WS: to, FlushInterval: time.Second}
	calm := zap.LevelEnablerFunc(func(l zapcore.Level) bool { return l >= threshold && l < zap.WarnLevel })
	alarmed := zap.LevelEnablerFunc(func(l zapcore.Level) bool { return l >= threshold && l >= zap.WarnLevel })
	core := zapcore.NewTee(
		zapcore.NewCore(encoder, buffered, calm),
		zapcore.NewSamplerWithOptions(zapcore.NewCore(encoder, buffered, alarmed), warnEvery, warnMost, 0),
	)
	return zap.New(core), func() { _ = buffered.Stop() }
}
