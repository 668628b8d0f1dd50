/** Middleware: writes the metrics gathered in an invocation when it ends, well or badly. */
export const publishMetrics = (metrics: { publish(): void }) => ({
  after: function publishAfter(): void {
    metrics.publish();
  },
  onError: function publishOnError(): void {
    metrics.publish();
  },
});
