"""What a study of mixtures needs: pairs of images, both outputs, a command."""
