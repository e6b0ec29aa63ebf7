"""The pages that people work on, served beside the HTTP side; they speak to `api` and `storage`."""
