// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IGuardians} from "./IGuardians.sol";

/// @title Subjects: who decides for a patient's pseudonym
/// @notice A subject is an address by which one organisation knows one patient. It exists without registration and
/// controls itself until it names another controller (the idea of ERC-1056). No administrator can touch it.
/// @dev Signed calls use EIP-712 with the domain "Anamnesis Subjects", version "1", and the types
/// `Rotate(address subject,address newController,uint64 nonce,uint48 deadline)` and
/// `RevokeAll(address subject,uint64 nonce,uint48 deadline)`. Signatures are ECDSA of 65 or 64 (ERC-2098) bytes, or
/// ERC-1271. Consents bound to an earlier epoch are void. Every act of the controller raises the nonce, and those here the
/// epoch too; a full refusal by guardians (IGuardians) raises the epoch alone.
interface ISubjects is IGuardians {
    /// @notice The state of a subject.
    /// @param controller The key that decides for it.
    /// @param epoch Consents count only if they name this number.
    /// @param nonce The number that the next signed message must carry.
    struct Subject {
        address controller;
        uint32 epoch;
        uint64 nonce;
    }

    /// @notice `controller` now decides for `subject`; all earlier consents are void.
    event SubjectRotated(address indexed subject, address indexed controller, uint32 epoch, uint64 nonce);
    /// @notice All earlier consents of `subject` are void.
    event AllRevoked(address indexed subject, uint32 epoch, uint64 nonce);

    /// @notice The caller does not decide for this subject.
    error Subjects_NotController(address subject, address controller, address caller);
    /// @notice The signature is not the controller's over this message with the current nonce.
    error Subjects_InvalidSignature(address subject, address controller, uint64 nonce);
    /// @notice The signed message was meant to arrive at `deadline` at the latest.
    error Subjects_DeadlinePassed(address subject, uint48 deadline, uint48 time);
    /// @notice The zero address cannot decide for anybody.
    error Subjects_InvalidController(address subject, address controller);

    /// @notice Names a new controller and voids all consents. For the controller.
    function rotate(address subject, address newController) external;

    /// @notice As `rotate`, carried by anyone with the controller's signature.
    function rotateBySig(address subject, address newController, uint48 deadline, bytes calldata signature) external;

    /// @notice Voids all consents of a subject. For the controller.
    function revokeAll(address subject) external;

    /// @notice As `revokeAll`, carried by anyone with the controller's signature.
    function revokeAllBySig(address subject, uint48 deadline, bytes calldata signature) external;

    /// @notice The address that decides for a subject: itself until rotated.
    function controllerOf(address subject) external view returns (address);

    /// @notice How often the subject's consents were voided as a whole.
    function epochOf(address subject) external view returns (uint32);

    /// @notice The nonce that the next signed message must carry.
    function nonceOf(address subject) external view returns (uint64);

    /// @notice Controller, epoch and nonce in one call.
    function subjectOf(address subject) external view returns (Subject memory);

    /// @notice The stored word: controller 160 bits (0 for the subject itself), epoch 32, nonce 64, lowest bits first.
    function word(address subject) external view returns (uint256);

    /// @notice Version of this contract.
    function version() external view returns (string memory);
}
