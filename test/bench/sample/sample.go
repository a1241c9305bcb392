// Package sample sums up repeated measurements. It is pure.
package sample

import (
	"math/rand/v2"
	"slices"
)

const resamples = 2000

// A Summary is the middle of some measurements and how sure that is.
type Summary struct {
	Median float64 `json:"median"`
	// Low and High enclose the median in 95 % of resamples; with fewer than five
	// measurements they are the lowest and the highest.
	Low    float64   `json:"low"`
	High   float64   `json:"high"`
	Values []float64 `json:"values"`
}

// Summarize sums up measurements. The same ones always give the same interval.
func Summarize(values ...float64) Summary {
	if len(values) == 0 {
		return Summary{}
	}
	s := Summary{Median: median(values), Low: slices.Min(values), High: slices.Max(values), Values: values}
	if len(values) >= 5 {
		s.Low, s.High = bootstrap(values)
	}
	return s
}

func bootstrap(values []float64) (low, high float64) {
	random := rand.New(rand.NewPCG(1, uint64(len(values))))
	medians := make([]float64, resamples)
	drawn := make([]float64, len(values))
	for i := range medians {
		for j := range drawn {
			drawn[j] = values[random.IntN(len(values))]
		}
		medians[i] = median(drawn)
	}
	slices.Sort(medians)
	return medians[resamples*25/1000], medians[resamples*975/1000]
}

func median(values []float64) float64 { return Quantile(values, 0.5) }

// Quantile is the value below which a share of the values is, with straight lines
// between them; zero of no values.
func Quantile(values []float64, share float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	place := share * float64(len(sorted)-1)
	below := int(place)
	if below+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[below] + (place-float64(below))*(sorted[below+1]-sorted[below])
}

// A Point is a measurement of y at x.
type Point struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
}

// Slope is that of the straight line which fits the points best.
func Slope(points []Point) float64 {
	var meanX, meanY float64
	for _, p := range points {
		meanX += p.X / float64(len(points))
		meanY += p.Y / float64(len(points))
	}
	var covariance, variance float64
	for _, p := range points {
		covariance += (p.X - meanX) * (p.Y - meanY)
		variance += (p.X - meanX) * (p.X - meanX)
	}
	if variance == 0 {
		return 0
	}
	return covariance / variance
}

// Mirrored lists contestants forth and back, so that a machine which gets slower or
// faster is as hard on each.
func Mirrored[T any](contestants []T) []T {
	back := slices.Clone(contestants)
	slices.Reverse(back)
	return append(slices.Clone(contestants), back...)
}
