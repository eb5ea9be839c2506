// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISubjects} from "../../src/interfaces/ISubjects.sol";
import {LedgerBase} from "../LedgerBase.sol";
import {OwnedWallet} from "../Wallets.sol";

contract SubjectsTest is LedgerBase {
    uint48 private constant DEADLINE = START + 1 hours;

    uint256 private phoneKey = keyOf("phone 2");
    address private phone = addressOf("phone 2");

    function expectState(address subject, address controller, uint32 epoch, uint64 nonce) private view {
        ISubjects.Subject memory state = subjects.subjectOf(subject);
        same(state.controller, controller, "controller");
        same(state.epoch, epoch, "epoch");
        same(state.nonce, nonce, "nonce");
        same(subjects.controllerOf(subject), controller, "controllerOf");
        same(subjects.epochOf(subject), epoch, "epochOf");
        same(subjects.nonceOf(subject), nonce, "nonceOf");
    }

    function invalidSignature(address subject, address controller, uint64 nonce) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ISubjects.Subjects_InvalidSignature.selector, subject, controller, nonce);
    }

    function test_controllerOf_isTheSubjectWithoutRegistration() public view {
        expectState(maria, maria, 0, 0);
        same(subjects.word(maria), 0, "word");
        same(subjects.version(), "1.0.0", "version");
    }

    function test_eip712Domain_isAsDocumented() public view {
        (bytes1 fields, string memory name, string memory version, uint256 chain, address verifier, bytes32 salt,) =
            subjects.eip712Domain();
        same(uint8(fields), 0x0f, "fields");
        same(name, "Anamnesis Subjects", "name");
        same(version, "1", "version");
        same(chain, block.chainid, "chain");
        same(verifier, address(subjects), "contract");
        same(salt, 0, "salt");
    }

    function test_rotate_namesAControllerAndVoidsConsents() public {
        vm.expectEmit(address(subjects));
        emit ISubjects.SubjectRotated(maria, phone, 1, 1);
        vm.prank(maria);
        subjects.rotate(maria, phone);
        expectState(maria, phone, 1, 1);
        same(subjects.word(maria), uint256(uint160(phone)) | (1 << 160) | (1 << 192), "word");
        expectState(phone, phone, 0, 0);
    }

    function test_rotate_canReturnToTheSubject() public {
        vm.prank(maria);
        subjects.rotate(maria, phone);
        vm.prank(phone);
        subjects.rotate(maria, maria);
        expectState(maria, maria, 2, 2);
    }

    function test_rotate_revertsIfNotController() public {
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(ISubjects.Subjects_NotController.selector, maria, maria, stranger));
        subjects.rotate(maria, phone);
    }

    function test_rotate_revertsIfControlWasHandedOver() public {
        vm.startPrank(maria);
        subjects.rotate(maria, phone);
        vm.expectRevert(abi.encodeWithSelector(ISubjects.Subjects_NotController.selector, maria, phone, maria));
        subjects.rotate(maria, maria);
    }

    function test_rotate_revertsIfNewControllerIsZero() public {
        vm.prank(maria);
        vm.expectRevert(abi.encodeWithSelector(ISubjects.Subjects_InvalidController.selector, maria, address(0)));
        subjects.rotate(maria, address(0));
    }

    function test_rotateBySig_isCarriedByAnyone() public {
        bytes memory signature = signed(mariaKey, rotateDigest(maria, phone, 0, DEADLINE));
        vm.expectEmit(address(subjects));
        emit ISubjects.SubjectRotated(maria, phone, 1, 1);
        vm.prank(relayer);
        subjects.rotateBySig(maria, phone, DEADLINE, signature);
        expectState(maria, phone, 1, 1);
    }

    function test_rotateBySig_takesACompactSignatureAtTheDeadline() public {
        vm.warp(DEADLINE);
        subjects.rotateBySig(maria, phone, DEADLINE, signedCompact(mariaKey, rotateDigest(maria, phone, 0, DEADLINE)));
        expectState(maria, phone, 1, 1);
    }

    function test_rotateBySig_revertsIfDeadlinePassed() public {
        bytes memory signature = signed(mariaKey, rotateDigest(maria, phone, 0, DEADLINE));
        vm.warp(DEADLINE + 1);
        vm.expectRevert(
            abi.encodeWithSelector(ISubjects.Subjects_DeadlinePassed.selector, maria, DEADLINE, DEADLINE + 1)
        );
        subjects.rotateBySig(maria, phone, DEADLINE, signature);
    }

    function test_rotateBySig_revertsIfReplayed() public {
        bytes memory signature = signed(mariaKey, rotateDigest(maria, maria, 0, DEADLINE));
        subjects.rotateBySig(maria, maria, DEADLINE, signature);
        vm.expectRevert(invalidSignature(maria, maria, 1));
        subjects.rotateBySig(maria, maria, DEADLINE, signature);
    }

    function test_rotateBySig_revertsIfAnyPartDiffers() public {
        bytes memory signature = signed(mariaKey, rotateDigest(maria, phone, 0, DEADLINE));
        vm.expectRevert(invalidSignature(maria, maria, 0));
        subjects.rotateBySig(maria, stranger, DEADLINE, signature);
        vm.expectRevert(invalidSignature(maria, maria, 0));
        subjects.rotateBySig(maria, phone, DEADLINE + 1, signature);
        vm.expectRevert(invalidSignature(phone, phone, 0));
        subjects.rotateBySig(phone, phone, DEADLINE, signature);
    }

    function test_rotateBySig_revertsIfSignedByAnother() public {
        bytes memory signature = signed(phoneKey, rotateDigest(maria, phone, 0, DEADLINE));
        vm.expectRevert(invalidSignature(maria, maria, 0));
        subjects.rotateBySig(maria, phone, DEADLINE, signature);
    }

    function test_rotateBySig_revertsIfSignedByTheFormerController() public {
        vm.prank(maria);
        subjects.rotate(maria, phone);
        bytes memory signature = signed(mariaKey, rotateDigest(maria, maria, 1, DEADLINE));
        vm.expectRevert(invalidSignature(maria, phone, 1));
        subjects.rotateBySig(maria, maria, DEADLINE, signature);
    }

    function test_rotateBySig_revertsIfNewControllerIsZero() public {
        bytes memory signature = signed(mariaKey, rotateDigest(maria, address(0), 0, DEADLINE));
        vm.expectRevert(abi.encodeWithSelector(ISubjects.Subjects_InvalidController.selector, maria, address(0)));
        subjects.rotateBySig(maria, address(0), DEADLINE, signature);
    }

    function test_rotateBySig_revertsOnAnotherChain() public {
        bytes memory signature = signed(mariaKey, rotateDigest(maria, phone, 0, DEADLINE));
        vm.chainId(1);
        vm.expectRevert(invalidSignature(maria, maria, 0));
        subjects.rotateBySig(maria, phone, DEADLINE, signature);
    }

    function test_rotateBySig_revertsIfItWasARevocation() public {
        bytes memory signature = signed(mariaKey, revokeAllDigest(maria, 0, DEADLINE));
        vm.expectRevert(invalidSignature(maria, maria, 0));
        subjects.rotateBySig(maria, phone, DEADLINE, signature);
    }

    function test_revokeAll_raisesEpochAndNonceAlone() public {
        vm.prank(maria);
        subjects.rotate(maria, phone);
        vm.expectEmit(address(subjects));
        emit ISubjects.AllRevoked(maria, 2, 2);
        vm.prank(phone);
        subjects.revokeAll(maria);
        expectState(maria, phone, 2, 2);
    }

    function test_revokeAll_revertsIfNotController() public {
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(ISubjects.Subjects_NotController.selector, maria, maria, stranger));
        subjects.revokeAll(maria);
    }

    function test_revokeAllBySig_isCarriedByAnyone() public {
        bytes memory signature = signed(mariaKey, revokeAllDigest(maria, 0, DEADLINE));
        vm.expectEmit(address(subjects));
        emit ISubjects.AllRevoked(maria, 1, 1);
        vm.prank(relayer);
        subjects.revokeAllBySig(maria, DEADLINE, signature);
        expectState(maria, maria, 1, 1);
    }

    function test_revokeAllBySig_revertsIfReplayed() public {
        bytes memory signature = signed(mariaKey, revokeAllDigest(maria, 0, DEADLINE));
        subjects.revokeAllBySig(maria, DEADLINE, signature);
        vm.expectRevert(invalidSignature(maria, maria, 1));
        subjects.revokeAllBySig(maria, DEADLINE, signature);
    }

    function test_revokeAllBySig_revertsIfDeadlinePassed() public {
        bytes memory signature = signed(mariaKey, revokeAllDigest(maria, 0, DEADLINE));
        vm.warp(DEADLINE + 1);
        vm.expectRevert(
            abi.encodeWithSelector(ISubjects.Subjects_DeadlinePassed.selector, maria, DEADLINE, DEADLINE + 1)
        );
        subjects.revokeAllBySig(maria, DEADLINE, signature);
    }

    function test_revokeAllBySig_revertsIfSignedByAnother() public {
        bytes memory signature = signed(phoneKey, revokeAllDigest(maria, 0, DEADLINE));
        vm.expectRevert(invalidSignature(maria, maria, 0));
        subjects.revokeAllBySig(maria, DEADLINE, signature);
    }

    function test_revokeAllBySig_acceptsAContractWallet() public {
        address wallet = address(new OwnedWallet(phone));
        vm.prank(maria);
        subjects.rotate(maria, wallet);
        subjects.revokeAllBySig(maria, DEADLINE, signed(phoneKey, revokeAllDigest(maria, 1, DEADLINE)));
        expectState(maria, wallet, 2, 2);

        bytes memory foreign = signed(mariaKey, revokeAllDigest(maria, 2, DEADLINE));
        vm.expectRevert(invalidSignature(maria, wallet, 2));
        subjects.revokeAllBySig(maria, DEADLINE, foreign);
    }
}
