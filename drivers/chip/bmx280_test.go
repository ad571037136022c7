package chip

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"
	"testing/synctest"
)

// The calculation example of the BMP280's datasheet, 3.12.
func TestBMP280CalculationExample(t *testing.T) {
	k := bmxCoefficients{
		t: [4]float64{0, 27504, 26435, -1000},
		p: [10]float64{0, 36477, -10685, 3024, 2855, 140, -7, 15500, -14600, 6000},
	}
	fine := k.fine(519888)
	if got := fine / 5120; math.Abs(got-25.08) > 0.005 {
		t.Errorf("%v °C, want 25.08", got)
	}
	if got := k.pressure(415148, fine); math.Abs(got-100653.27) > 0.3 { // there of an integer fine
		t.Errorf("%v Pa, want 100653.27", got)
	}
}

// Coefficients are 16 bits wide, but for those of humidity, of which two share a byte
// (BME280: table 16).
func TestBME280Coefficients(t *testing.T) {
	var k [24]byte
	for i := range k {
		k[i] = 0xFF
	}
	var x bmxCoefficients
	x.decode(k[:], []byte{0x4B, 0x6A, 0x01, 0xFE, 0xF3, 0x2B, 0x83, 0xE2})
	if x.t != [4]float64{0, 65535, -1, -1} || x.p[1] != 65535 || x.p[9] != -1 {
		t.Errorf("T %v, P %v", x.t, x.p)
	}
	want := [7]float64{0, 75, 362, 254, -13<<4 + 0x0B, -125<<4 + 0x02, -30}
	if x.h != want {
		t.Errorf("H %v, want %v", x.h, want)
	}
}

// scripted answers with the same bytes whatever is asked.
type scripted []byte

func (s scripted) Tx(_, r []byte) error {
	for i := range r {
		r[i] = s[i%len(s)]
	}
	return nil
}

func TestIdentityTellsBMP280FromBME280(t *testing.T) {
	for _, test := range []struct {
		name string
		bus  Bus
		want error
		text string
		conn Conn
	}{
		{"bme280", OnI2C, ErrWrongChip, "id 0x58 is that of a BMP280, not of a BME280", newBMXTwin(OnI2C, false)},
		{"bmp280", OnI2C, ErrWrongChip, "id 0x60 is that of a BME280, not of a BMP280", newBMXTwin(OnI2C, true)},
		{"bmp280", OnSPI, ErrWrongChip, "id 0x60 is that of a BME280", newBMXTwin(OnSPI, true)},
		{"bme280", OnI2C, ErrWrongChip, "id 0x12 is not that of a BME280", scripted{0x12}},
		{"bme280", OnI2C, ErrWrongChip, "id 0xFF is not that of a BME280", scripted{0xFF}},
		{"bme280", OnSPI, ErrNoAnswer, "id 0xFF", scripted{0xFF}},
		{"bme280", OnSPI, ErrNoAnswer, "id 0x00", scripted{0x00}},
	} {
		m, err := Find(test.name)
		if err != nil {
			t.Fatal(err)
		}
		c, err := m.New(test.bus, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(t.Context(), test.conn); !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.text) {
			t.Errorf("%s on %v: %v, want %v with %q", test.name, test.bus, err, test.want, test.text)
		}
	}
}

// A chip that was without power between two measurements has lost its settings and what
// it measured, and nobody noticed: the next measurement is good all the same.
func TestBME280MeasuresAfterABrownout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, _ := Find("bme280")
		c, err := m.New(OnI2C, Settings{"oversampling": {"16"}, "filter": {"4"}})
		if err != nil {
			t.Fatal(err)
		}
		twin := m.Twin(OnI2C, nil)
		twin.Set(2, 33)
		read(t, c, twin, true)
		twin.Reset()
		if got := read(t, c, twin, false)[2]; got.Err != nil || math.Abs(got.Value-33) > 0.1 {
			t.Errorf("humidity %v, want 33", got)
		}
	})
}

// 0x80000 is what the registers say that nothing was measured into, and in the middle of
// what a converter can say, too: 26.5 °C of the twin.
func TestBME280MeasuresTheMiddleOfItsRange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, _ := Find("bme280")
		c, err := m.New(OnI2C, nil)
		if err != nil {
			t.Fatal(err)
		}
		twin := newBMXTwin(OnI2C, true)
		want := float64(bmxFine(0x80000)) / 5120
		twin.Set(0, want)
		if got := read(t, c, twin, true)[0]; got.Err != nil || math.Abs(got.Value-want) > 0.005 {
			t.Errorf("%v, want %v", got, want)
		}
		if temperature := twin.registers[bmxData+3 : bmxData+6]; !bytes.Equal(temperature, []byte{0x80, 0, 0}) {
			t.Errorf("the twin says % X", temperature)
		}
	})
}

// forgetful is a chip that is without power whenever it has been told to measure.
type forgetful struct{ *bmxTwin }

func (f forgetful) Tx(w, r []byte) error {
	err := f.bmxTwin.Tx(w, r)
	if len(r) == 0 {
		f.Reset()
	}
	return err
}

func TestBME280ThatForgetsDuringAMeasurement(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, _ := Find("bme280")
		c, err := m.New(OnI2C, nil)
		if err != nil {
			t.Fatal(err)
		}
		conn := forgetful{newBMXTwin(OnI2C, true)}
		if err := c.Start(t.Context(), conn); err != nil {
			t.Fatal(err)
		}
		if err := c.Read(t.Context(), conn, make([]Reading, 3)); !errors.Is(err, ErrReset) {
			t.Errorf("got %v", err)
		}
	})
}

// slow is a chip that measures for ever.
type slow struct{ *bmxTwin }

func (s slow) Tx(w, r []byte) error {
	err := s.bmxTwin.Tx(w, r)
	if len(w) == 1 && w[0] == bmxStatus {
		r[0] = bmxMeasuring
	}
	return err
}

func TestBME280ThatDoesNotGetReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, _ := Find("bme280")
		c, err := m.New(OnI2C, nil)
		if err != nil {
			t.Fatal(err)
		}
		conn := slow{newBMXTwin(OnI2C, true)}
		if err := c.Start(t.Context(), conn); err != nil {
			t.Fatal(err)
		}
		if err := c.Read(t.Context(), conn, make([]Reading, 3)); !errors.Is(err, ErrNotReady) {
			t.Errorf("got %v", err)
		}
	})
}

func TestWrongCoefficientsGiveNoValue(t *testing.T) {
	var k bmxCoefficients // P1 = 0 divides by zero
	if r := finite(k.pressure(0, 0)); !errors.Is(r.Err, ErrRange) {
		t.Errorf("got %v", r)
	}
}

// What starts a measurement (5.4.3, 5.4.5, 5.4.6): on SPI the highest bit of the
// addresses is 0.
func TestBME280Control(t *testing.T) {
	for _, test := range []struct {
		name string
		bus  Bus
		s    Settings
		want []byte
	}{
		{"bme280", OnI2C, nil, []byte{0xF5, 0x00, 0xF2, 0x01, 0xF4, 0x25}},
		{"bme280", OnI2C, Settings{"oversampling": {"16"}, "filter": {"4"}}, []byte{0xF5, 0x08, 0xF2, 0x05, 0xF4, 0xB5}},
		{"bmp280", OnSPI, Settings{"oversampling": {"2"}, "filter": {"16"}}, []byte{0x75, 0x10, 0x74, 0x49}},
	} {
		m, _ := Find(test.name)
		c, err := m.New(test.bus, test.s)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.(*bmx).control; !bytes.Equal(got, test.want) {
			t.Errorf("%s %v: % X, want % X", test.name, test.s, got, test.want)
		}
	}
}
