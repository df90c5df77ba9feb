/** Builds what a checkout needs to run. */
