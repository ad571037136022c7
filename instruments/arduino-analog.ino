// Four analog inputs, the LED on the board and a PWM output, for ioclet's instrument
// arduino-analog. Twice a second it sends
//
//   A0=2.500 A1=0.000 A2=1.234 A3=4.999
//
// in volts, and it answers, one line each:
//
//   ID?       ID=arduino-analog-1
//   LED 1     OK      LED on, 0 off
//   PWM 128   OK      pin 9, 0 to 255
//
// What it does not understand it answers with ERR.

const float VREF = 5.0;         // volts at full scale: the parameter vref
const unsigned long EVERY = 500; // ms between lines
const int PWM_PIN = 9;

char line[24];
byte length = 0;
bool tooLong = false;
unsigned long last = 0;

void setup() {
  pinMode(LED_BUILTIN, OUTPUT);
  pinMode(PWM_PIN, OUTPUT);
  Serial.begin(115200);
}

// number reads the digits at the end of a command, -1 if there is something else.
long number(const char *text) {
  if (*text == 0) {
    return -1;
  }
  for (const char *c = text; *c; c++) {
    if (*c < '0' || *c > '9') {
      return -1;
    }
  }
  return atol(text);
}

void obey() {
  long n;
  if (strcmp(line, "ID?") == 0) {
    Serial.println("ID=arduino-analog-1");
  } else if (strncmp(line, "LED ", 4) == 0 && (n = number(line + 4)) >= 0 && n <= 1) {
    digitalWrite(LED_BUILTIN, n ? HIGH : LOW);
    Serial.println("OK");
  } else if (strncmp(line, "PWM ", 4) == 0 && (n = number(line + 4)) >= 0 && n <= 255) {
    analogWrite(PWM_PIN, n);
    Serial.println("OK");
  } else {
    Serial.println("ERR");
  }
}

void loop() {
  while (Serial.available() > 0) {
    char c = Serial.read();
    if (c == '\n') {
      line[length] = 0;
      if (tooLong) {
        Serial.println("ERR");
      } else {
        obey();
      }
      length = 0;
      tooLong = false;
    } else if (c != '\r') {
      if (length < sizeof(line) - 1) {
        line[length++] = c;
      } else {
        tooLong = true;
      }
    }
  }
  if (millis() - last >= EVERY) {
    last += EVERY;
    for (int i = 0; i < 4; i++) {
      Serial.print(i == 0 ? "A" : " A");
      Serial.print(i);
      Serial.print("=");
      Serial.print(analogRead(A0 + i) * VREF / 1023.0, 3);
    }
    Serial.println();
  }
}
