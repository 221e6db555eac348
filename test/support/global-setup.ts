export default function globalSetup(): void {
  // Nothing to set up yet.
}
