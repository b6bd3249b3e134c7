"""Tests of the porter, which carries files of pods."""
