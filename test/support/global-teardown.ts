export default function globalTeardown(): void {
  // Nothing to tear down yet.
}
