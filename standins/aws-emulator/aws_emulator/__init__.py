"""The loopback stand-in for AWS: moto with its gaps mended, faults on request, and real guests for instances."""
